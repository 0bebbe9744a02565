"""How sites become documents: Scrapy spiders, sources, the normalizer."""
