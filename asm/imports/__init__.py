"""Foreign forms that become declarations: the reading of `intake` joined with `stays.declare`."""
