"""People in a browser: they sign in here, and a cookie says who they are below ``{prefix}/jobs`` and nowhere else."""
