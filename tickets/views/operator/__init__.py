"""The operator's desk: the queue, the workbench, decisions, and filing for a customer."""
