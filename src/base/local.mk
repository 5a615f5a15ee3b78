# Layer base: things that know nothing of this project.
base_files =
