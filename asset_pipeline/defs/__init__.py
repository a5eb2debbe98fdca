"""Dagster's side: what is declared here decides nothing, it calls the façade and passes on what happens."""
