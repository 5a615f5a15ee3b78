# Layer core: the engine and its parts.
core_files =
