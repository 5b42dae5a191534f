"""How bytes arrive, one way per file; what they mean is somebody else's part."""
