"""Studies of style transfer: what differs from picture to picture, and how near each comes to its content and its styles."""
