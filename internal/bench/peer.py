"""The peer of xpt bench: HuggingFace transformers and PEFT doing a job, in eager attention, which is all that XGLM has there.

The job is JSON in argv[1] (Job in job.go); the one line printed is its sample. A batch is padded to its longest row on the right, as a padding
collator does, and rows keep their order. HF has no classifier for XGLM: the head is a linear layer on the last token, as a user writes it.
On a GPU a frozen backbone is trained behind in the job's dtype, without autocast, by the fused AdamW, and losses and labels are read at
the end of a pass: the fastest that the libraries have.
"""
import json, os, re, sys, time

os.environ["HF_HUB_OFFLINE"] = "1"
import peft, torch, transformers
from torch.nn.functional import cross_entropy

job = json.loads(sys.argv[1])
gpu = job["device"].startswith("cuda")
# Training keeps float32 weights and computes under autocast; otherwise the weights are cast, on a GPU also those of a frozen backbone.
cast = job["kind"] != "train" or gpu and job["method"] in ("prompt", "prefix", "lora", "head")
versions = f"transformers {transformers.__version__}, PEFT {peft.__version__}, torch {torch.__version__}"


def main():
    if job["kind"] == "versions":
        return answer()
    transformers.logging.set_verbosity_error()
    if job["threads"]:
        torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    {"train": train, "eval": evaluate, "load": evaluate, "generate": generate}[job["kind"]]()


def load(kind):
    dtype = getattr(torch, job["dtype"]) if cast else torch.float32
    return kind.from_pretrained(job["checkpoint"], dtype=dtype, attn_implementation="eager").to(job["device"])


def adapted(model):
    if job["method"] == "lora":
        return peft.get_peft_model(model, peft.LoraConfig(task_type="FEATURE_EXTRACTION", target_modules=["q_proj", "v_proj"])).to(job["device"])
    kinds = {"prompt": lambda **k: peft.PromptTuningConfig(prompt_tuning_init="RANDOM", **k), "prefix": peft.PrefixTuningConfig}
    if job["method"] not in kinds:
        for name, p in model.named_parameters():
            p.requires_grad_(job["method"] == "full" or job["method"] == "bitfit" and name.endswith("bias"))
        return model
    c = model.config
    return peft.get_peft_model(model, kinds[job["method"]](
        task_type="FEATURE_EXTRACTION", num_virtual_tokens=job["prompt_length"], num_attention_heads=c.attention_heads,
        num_layers=c.num_layers, token_dim=c.d_model, num_transformer_submodules=1)).to(job["device"])


def classifier():
    """The model, its head, a function from a batch to logits, and the batches."""
    model = load(transformers.XGLMModel)
    width, vocabulary = model.config.d_model, model.config.vocab_size
    model = adapted(model)
    head = torch.nn.Linear(width, 3).to(job["device"], torch.float32 if job["kind"] == "train" else model.dtype)

    def logits(ids, mask):
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state[:, -ids.shape[1]:]
        return head(hidden[torch.arange(len(ids), device=ids.device), mask.sum(1) - 1].to(head.weight.dtype))

    batches = []
    for i in range(0, len(job["rows"]), job["batch"]):
        rows = job["rows"][i:i + job["batch"]]
        ids = torch.full((len(rows), max(rows)), 1)
        mask = torch.zeros_like(ids)
        for r, n in enumerate(rows):
            ids[r, :n], mask[r, :n] = torch.randint(4, vocabulary, (n,)), 1
            ids[r, 0] = 2
        batches.append((ids.to(job["device"]), mask.to(job["device"])))
    return model, head, logits, batches


def train():
    model, head, logits, batches = classifier()
    model.train()
    params = [p for p in model.parameters() if p.requires_grad] + list(head.parameters())
    optimizer = torch.optim.AdamW(params, lr={"full": 2e-5, "lora": 5e-4, "bitfit": 1e-3, "head": 1e-3}.get(job["method"], 5e-3), fused=gpu)
    autocast = job["dtype"] == "bfloat16" and not cast
    loss = 0.0

    def step():
        nonlocal loss
        for ids, mask in batches:
            with torch.autocast(torch.device(job["device"]).type, torch.bfloat16, enabled=autocast):
                mean = cross_entropy(logits(ids, mask).float(), torch.zeros(len(ids), dtype=torch.long, device=ids.device))
            mean.backward()
            torch.nn.utils.clip_grad_norm_(params, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            loss = mean.detach() if gpu else mean.item()
        loss = float(loss)

    answer(seconds=passes(step), loss=loss)


@torch.inference_mode()
def evaluate():
    model, _, logits, batches = classifier()
    model.eval()
    answer(seconds=passes(lambda: torch.cat([logits(*b).argmax(-1) for b in batches]).tolist()))


@torch.inference_mode()
def generate():
    model = load(transformers.XGLMForCausalLM).eval()
    model.generation_config.eos_token_id = None
    longest, new = max(job["rows"]), job["new_tokens"]
    ids = torch.full((len(job["rows"]), longest), 1)
    mask = torch.zeros_like(ids)
    for r, n in enumerate(job["rows"]):
        ids[r, longest - n:], mask[r, longest - n:] = torch.randint(4, model.config.vocab_size, (n,)), 1
    ids, mask = ids.to(job["device"]), mask.to(job["device"])

    def go():
        out = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=new, do_sample=False)
        assert out.shape[1] == longest + new, "generation stopped early"

    answer(seconds=passes(go))


def passes(run):
    """As Job.passes: one pass to warm up, then passes until the time is over."""
    def wait():
        if gpu:
            torch.cuda.synchronize(job["device"])

    run()
    seconds = []
    while job["kind"] != "load" and (not seconds or sum(seconds) < job["at_least"] and len(seconds) < 10):
        wait()
        start = time.perf_counter()
        run()
        wait()
        seconds.append(time.perf_counter() - start)
    return seconds


def answer(**sample):
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1]) * 1024
    if job["kind"] != "versions" and gpu:
        peak = torch.cuda.max_memory_allocated(job["device"])
    print(json.dumps(dict(peak_bytes=peak, versions=versions, **sample)), flush=True)


main()
