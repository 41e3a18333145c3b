"""The worker's answer, read as what it is: text from a process that ran foreign code.

The answer is one JSON document, `blocklint.worker/1`:

    {"schema": "blocklint.worker/1", "torch": "2.13.0", "targets": [TARGET, ...]}

    TARGET = {"class": "Block", "done": true, "status": "traced" | "failed",
              "problem": null | PROBLEM, "rung": "symbolic" | "export" | "recorded" | null,
              "seconds": 0.4, "how": "Block(GPTConfig())", "record": null | RECORD,
              "sizes": {"batch": 5, "seq": 13, "n_embd": 768},
              "unused": ["norm2.weight"],          parameters and buffers never read
              "resized": null | RESIZED, "probes": {"batch-leak": true, ...}}
    PROBLEM = {"kind": "import" | "build" | "inputs" | "run" | "probe", "error": "ValueError",
               "message": "...", "path": null | "/abs/model.py", "line": null | 12,
               "operation": null | "linear", "shapes": [[5, 13, 64], [96, 32]]}
    RESIZED = {"sizes": {"batch": 7, "seq": 17}, "problem": null | PROBLEM}
    RECORD = {"modules": [MODULE, ...], "calls": [CALL, ...], "nodes": [NODE, ...]}
    MODULE = {"path": "attn.proj", "class": "Linear", "module": "torch.nn.modules.linear",
              "file": null | "/abs/model.py", "norms": ["LayerNorm"]}
    CALL = {"module": 3, "parent": 0 | null}       calls[0] is the block's own
    NODE = {"op": "input" | "param" | "call" | "output", "name": "layer_norm",
            "reads": [0, 4], "call": 2, "path": null | "/abs/model.py", "line": null | 41,
            "shape": null | [5, 13, 768], "numbers": [0.125]}

A node reads earlier nodes only. `shape` is null for what is no tensor: several pieces.
Nothing in it is trusted: what does not fit makes a `Malformed`, never a crash.
"""
