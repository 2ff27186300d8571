"""The commands of the command line, one file each; a command is loaded when it is called."""
