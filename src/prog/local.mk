# Mains: daemon, control tool.
