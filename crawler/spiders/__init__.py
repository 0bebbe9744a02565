"""The spiders, one a kind of site."""
