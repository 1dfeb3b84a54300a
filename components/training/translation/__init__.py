"""Training of networks that carry pictures from one domain to another (Zhu et al. 2017; Isola et al. 2017)."""
