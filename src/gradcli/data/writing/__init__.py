"""Writing tables: part by part, in many forms, whole or not at all."""
