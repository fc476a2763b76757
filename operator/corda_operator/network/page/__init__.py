"""The network page: what a consortium's members may see of their network, for people."""
