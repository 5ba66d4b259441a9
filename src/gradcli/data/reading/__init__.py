"""Reading tables: files, folders, pipes and stores, as frames or as arrays of some rows at a time."""
