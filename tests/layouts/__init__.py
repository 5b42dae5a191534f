"""Order sheets in many layouts and languages, made here, each with what must be read from it."""
