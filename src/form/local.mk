# Layer form: bytes on wire and disk.
form_files =
