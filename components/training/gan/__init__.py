"""The trainer of generative adversarial networks."""
