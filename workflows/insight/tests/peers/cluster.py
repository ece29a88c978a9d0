"""Computes the figures of `cluster` in figures.json with scikit-learn, on the same rows as cluster.rs."""

import json

import numpy as np
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score


class Lots:
    """The minimal standard generator, so that both languages draw the same rows."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = self.state * 48271 % 2147483647
        return self.state / 2147483647

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6


def blobs():
    lots = Lots(7)
    centres = [[lots.uniform() * 12 for _ in range(4)] for _ in range(6)]
    rows = [(i % 6, [c + lots.normal() * (0.6 + 0.2 * (i % 6)) for c in centres[i % 6]]) for i in range(1500)]
    return np.array([r for _, r in rows]), [g for g, _ in rows]


def rings():
    lots = Lots(11)
    rows = []
    for i in range(1500):
        if i % 15 == 0:
            rows.append((-1, [lots.uniform() * 16 - 8, lots.uniform() * 16 - 8]))
        else:
            angle, radius = lots.uniform() * 6.283185307179586, 2 * (i % 3) + 1 + 0.15 * lots.normal()
            rows.append((i % 3, [radius * np.cos(angle), radius * np.sin(angle)]))
    return np.array([r for _, r in rows]), [g for g, _ in rows]


def figures():
    (x, truth), (r, of_ring) = blobs(), rings()
    kmeans = KMeans(6, n_init=10, random_state=0).fit(x)
    return {
        "kmeans": {
            "inertia": kmeans.inertia_,
            "ari": adjusted_rand_score(truth, kmeans.labels_),
            "inertia of 15 groups": KMeans(15, n_init=10, random_state=0).fit(x).inertia_,
        },
        "dbscan": {"ari": adjusted_rand_score(of_ring, DBSCAN(eps=0.5, min_samples=5).fit_predict(r))},
        "hdbscan": {
            "blobs": adjusted_rand_score(truth, HDBSCAN(min_cluster_size=15).fit_predict(x)),
            "rings": adjusted_rand_score(of_ring, HDBSCAN(min_cluster_size=15).fit_predict(r)),
        },
    }


if __name__ == "__main__":
    print(json.dumps(figures(), indent=1))
