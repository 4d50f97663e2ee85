"""Standortvorschläge: which k of many sites, with those that stand already, serve people best, and how sure that is.

Every question here is one question: a site saves each person something, a person uses the open site that saves most,
and sites are sought whose sum of savings is greatest. Reached or not saves 1 or 0 (maximal covering), minutes save what
they are below a limit (p-median). A hundred thousand cells stand against a thousand sites, so the model has a variable
for each site only, and learns about people by cuts: `loops` and `relaxation` find them, `search` branches on sites.
"""
