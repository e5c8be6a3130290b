"""Trains the speech model that Fieldwright carries, from speech made by free synthesizers."""
