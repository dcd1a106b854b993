"""What the windows of `examples.desktop_tk` and `examples.desktop_qt` share: all but the window."""
