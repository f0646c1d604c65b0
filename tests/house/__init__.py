"""The house rules that no linter knows, checked on the syntax tree."""
