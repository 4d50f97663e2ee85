"""One verb a file; each opens one transaction and joins the rooms below, which do not know each other."""
