"""Reference data as files: question bank, the 156 code texts, the demo catalogue."""
