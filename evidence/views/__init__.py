"""Addresses of photos by audience: coming in (`receiving`) and going out (`serving`) are the same for all."""
