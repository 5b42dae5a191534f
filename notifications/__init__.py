"""How words reach a customer, one file per way: mail first."""
