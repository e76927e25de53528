package main

// adminGroup is the group whose members may do all, by macOS's own settings.
const adminGroup = "admin"
