# Fuzz targets (./configure --enable-fuzz CC=clang).
