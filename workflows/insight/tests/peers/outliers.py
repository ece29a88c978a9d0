"""Computes the figures of `outliers` in figures.json with scikit-learn, on the sets of ADBench in a folder:
python outliers.py FOLDER. Beside the areas under the ROC curve it gives the processor milliseconds of one
Isolation Forest."""

import glob
import json
import os
import sys
import time

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM

# Larger sets take minutes by density and by vectors.
QUICK_ROWS_MAX = 8000


def figures(path):
    data = np.load(path)
    x, y = data["X"].astype(float), data["y"].ravel()
    x = x[:, x.std(0) > 0]
    x = (x - x.mean(0)) / x.std(0)
    start = time.process_time()
    forests = [
        IsolationForest(n_estimators=100, max_samples=min(256, len(x)), random_state=seed).fit(x).score_samples(x)
        for seed in range(5)
    ]
    cpu_ms = (time.process_time() - start) / 5 * 1000
    found = {"iforest": np.mean([roc_auc_score(y, -scores) for scores in forests]), "iforest_cpu_ms": cpu_ms}
    if len(x) <= QUICK_ROWS_MAX:
        lof = LocalOutlierFactor(n_neighbors=20).fit(x)
        found["lof"] = roc_auc_score(y, -lof.negative_outlier_factor_)
        found["ocsvm"] = roc_auc_score(y, -OneClassSVM(nu=0.1, gamma=1 / x.shape[1]).fit(x).decision_function(x))
    return {name: round(float(value), 5) for name, value in found.items()}


if __name__ == "__main__":
    sets = sorted(glob.glob(os.path.join(sys.argv[1], "*.npz")))
    print(json.dumps({os.path.basename(path)[:-4]: figures(path) for path in sets}))
