"""The commands: what their words mean, and what they do. Nothing below sees a word of a command line."""

VERSION = "0.1.0"
