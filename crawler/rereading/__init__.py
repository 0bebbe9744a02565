"""From what is kept of documents to what today's normalizer makes of it, without the network.

A document is not what its newest page says: it is what a crawl made of all its pages in turn, the answers of
the share API, and files that came in. So that is gone through again, by the decisions of the store. With the
normalizer that was there at the time, exactly what is stored comes out.
"""
