"""zhanggui 掌柜: the system a shop team runs its whole day on."""

__version__ = "0.1.0"
