"""The reference of the API, made from its types: JSON Schema, and the tables of docs/."""
