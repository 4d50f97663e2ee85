"""The loops over all pairs of a demand and a site, compiled.

Rows are demands; a row's sites are sorted by what they save, most first, so that all loops may stop early.
"""

import numpy as np

from infrastruktur.planning.siting.plan import Bools, Floats, Ints, Longs
from infrastruktur.routing.kernels import compiled

Rows = tuple[Longs, Ints, Floats]
"""indptr (r+1,) i8, site (p,) i4, saving (p,) f8, falling in a row."""

FULL = 1 - 1e-9
"""From here on the opened parts of sites make a whole one."""


@compiled
def keep_better(by_site: Rows, usable: Bools, now: Floats) -> Rows:
    """Keep the pairs of usable sites (n,) that save more than what stands does now (n_demand,), and what they add."""
    indptr, target, saving = by_site
    begin = np.zeros(len(indptr), np.int64)
    kept, more = np.empty(len(target), np.int32), np.empty(len(target), np.float64)
    used = 0
    for site in range(len(indptr) - 1):
        if usable[site]:
            for pair in range(indptr[site], indptr[site + 1]):
                if saving[pair] > now[target[pair]]:
                    kept[used], more[used] = target[pair], saving[pair] - now[target[pair]]
                    used += 1
        begin[site + 1] = used
    return begin, kept[:used], more[:used]


@compiled
def turn_rows(indptr: Longs, target: Ints, saving: Floats, demands: int) -> Rows:
    """Turn rows of sites into rows of demands; equal savings stay in the order of sites."""
    begin = np.zeros(demands + 1, np.int64)
    for demand in target:
        begin[demand + 1] += 1
    begin = np.cumsum(begin)
    place = begin[:-1].copy()
    site, saves = np.empty(len(target), np.int32), np.empty(len(target), np.float64)
    for row in range(len(indptr) - 1):
        for pair in range(indptr[row], indptr[row + 1]):
            demand = target[pair]
            site[place[demand]] = row
            saves[place[demand]] = saving[pair]
            place[demand] += 1
    return begin, site, saves


@compiled
def sort_rows(rows: Rows) -> None:
    """Sort each row in place by saving, most first, then by site."""
    indptr, site, saving = rows
    for row in range(len(indptr) - 1):
        begin, end = indptr[row], indptr[row + 1]
        # by value and then by place, for the compiled quicksort does not keep the order of equals
        order = np.argsort(-saving[begin:end])
        sorted_saving, sorted_site = saving[begin:end][order], site[begin:end][order]
        first = 0
        while first < end - begin:
            last = first + 1
            while last < end - begin and sorted_saving[last] == sorted_saving[first]:
                last += 1
            sorted_site[first:last] = np.sort(sorted_site[first:last])
            first = last
        saving[begin:end], site[begin:end] = sorted_saving, sorted_site


@compiled
def cut_rows(rows: Rows, personen: Floats, opened: Floats, first: int, last: int) -> tuple[float, Floats]:
    """Bound what rows `first` to `last` save from above by a plane that touches at `opened` (c,).

    Sites open a row in its order until they make a whole one; that one's saving is the critical one, and what a
    further site adds is what it saves beyond it. Returns the constant and the slope (c,).
    """
    indptr, site, saving = rows
    constant, slope = 0.0, np.zeros(len(opened), np.float64)
    for row in range(first, last):
        begin, end, critical, so_far = indptr[row], indptr[row + 1], 0.0, 0.0
        for pair in range(begin, end):
            so_far += opened[site[pair]]
            if so_far >= FULL:
                critical, end = saving[pair], pair
                break
        constant += personen[row] * critical
        for pair in range(begin, end):
            slope[site[pair]] += personen[row] * (saving[pair] - critical)
    return constant, slope


@compiled
def swap_rows(rows: Rows, personen: Floats, place: Ints, first: int, last: int) -> tuple[Floats, Floats]:
    """Sum what each site would add (c,) and what each pair of one out and one in would (k, c).

    `place` (c,) is an open site's number below k, -1 closed. Interchange by Teitz and Bart 1968, with the sums of
    Resende and Werneck 2007: adding c saves what is beyond the nearest open site, and losing that one falls back on
    the second nearest or on c.
    """
    indptr, site, saving = rows
    added = np.zeros(len(place), np.float64)
    lost = np.zeros(place.max() + 1, np.float64)
    change = np.zeros((len(lost), len(place)), np.float64)
    for row in range(first, last):
        begin, end, people = indptr[row], indptr[row + 1], personen[row]
        nearest, second, stop = -1, 0.0, end
        best = 0.0
        for pair in range(begin, end):
            if place[site[pair]] >= 0:
                if nearest >= 0:
                    second, stop = saving[pair], pair
                    break
                nearest, best = place[site[pair]], saving[pair]
        for pair in range(begin, stop):
            if saving[pair] > best:
                added[site[pair]] += people * (saving[pair] - best)
            if nearest >= 0:
                change[nearest, site[pair]] += people * (min(saving[pair], best) - second)
        if nearest >= 0:
            lost[nearest] += people * (best - second)
    return added, change - lost.reshape(-1, 1)


@compiled
def find_dominated(by_site: Rows, by_demand: Rows, cost: Floats) -> Bools:
    """Find sites that another one replaces: everybody saves as much there, at no more cost; of twins the later.

    Only those can that reach the demand with the fewest choices, too.
    """
    indptr, target, _ = by_site
    at, site_of, _ = by_demand
    dominated = np.zeros(len(indptr) - 1, np.bool_)
    for site in range(len(dominated)):
        if indptr[site] == indptr[site + 1]:
            dominated[site] = True
            continue
        rarest = target[indptr[site]]
        for demand in target[indptr[site] : indptr[site + 1]]:
            if at[demand + 1] - at[demand] < at[rarest + 1] - at[rarest]:
                rarest = demand
        for other in site_of[at[rarest] : at[rarest + 1]]:
            if other != site and not dominated[other] and replaces(by_site, cost, other, site):
                dominated[site] = True
                break
    return dominated


@compiled
def replaces(by_site: Rows, cost: Floats, other: int, site: int) -> bool:
    """Tell whether everybody saves as much at the other site, at no more cost; of twins the earlier replaces."""
    indptr, target, saving = by_site
    there, stop = indptr[other], indptr[other + 1]
    more = cost[other] < cost[site] or stop - there > indptr[site + 1] - indptr[site]
    if cost[other] > cost[site]:
        return False
    for pair in range(indptr[site], indptr[site + 1]):
        while there < stop and target[there] < target[pair]:
            there += 1
        if there == stop or target[there] != target[pair] or saving[there] < saving[pair]:
            return False
        more |= saving[there] > saving[pair]
    return more or other < site


@compiled
def keep_sites(rows: Rows, number: Ints) -> Rows:
    """Keep the pairs of the sites that have a number (c,), in its place; -1 is left out."""
    indptr, site, saving = rows
    begin = np.zeros(len(indptr), np.int64)
    kept_site, kept_saving = np.empty_like(site), np.empty_like(saving)
    used = 0
    for row in range(len(indptr) - 1):
        for pair in range(indptr[row], indptr[row + 1]):
            if number[site[pair]] >= 0:
                kept_site[used], kept_saving[used] = number[site[pair]], saving[pair]
                used += 1
        begin[row + 1] = used
    return begin, kept_site[:used].copy(), kept_saving[:used].copy()


@compiled
def hash_rows(rows: Rows, marks: Longs) -> Longs:
    """Hash each row's sites and savings (r,); equal rows hash alike."""
    indptr, site, saving = rows
    hashed = np.zeros(len(indptr) - 1, np.int64)
    bits = saving.view(np.int64)
    for row in range(len(indptr) - 1):
        for pair in range(indptr[row], indptr[row + 1]):
            hashed[row] = (hashed[row] ^ bits[pair] ^ marks[site[pair]]) * 6_364_136_223_846_793_005
            hashed[row] ^= hashed[row] >> 29
    return hashed


@compiled
def mark_changes(rows: Rows, order: Longs) -> Bools:
    """Tell of rows in an order (r,) which differ from the one before, compared pair by pair."""
    indptr, site, saving = rows
    differs = np.ones(len(order), np.bool_)
    for number in range(1, len(order)):
        here, before = indptr[order[number]], indptr[order[number - 1]]
        length = indptr[order[number] + 1] - here
        if indptr[order[number - 1] + 1] - before != length:
            continue
        same = True
        for pair in range(length):
            if site[here + pair] != site[before + pair] or saving[here + pair] != saving[before + pair]:
                same = False
                break
        differs[number] = not same
    return differs
