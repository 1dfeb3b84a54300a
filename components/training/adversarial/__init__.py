"""For every game of two networks: losses, steps, gradient penalty, augmentation."""
