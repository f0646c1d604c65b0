"""Adoption: making tables that others began fit this service without losing what is in them."""
