"""The whole OpenAPI document against the running service: `make fuzz`, and a short form of it."""
