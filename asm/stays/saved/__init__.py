"""When a record was saved on a phone that sent it later."""
