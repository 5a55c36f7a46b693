"""Care of HATS catalogs: what is wrong with one, and how one is made right."""
