"""Reading orders from files: one module per format, one core that writes what they read (`docs/importing.md`)."""
