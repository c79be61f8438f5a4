"""Functions of the literature with published values or derivatives, written on the public names of the package."""
