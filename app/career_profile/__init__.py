"""The career profile: a test run from the first question to two professions."""

PREFIX = "/api/v1/career-profile"
