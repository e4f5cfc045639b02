#include "tiers.h"
#include "kernels.h"
#include "team.h"

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <algorithm>
#include <atomic>
#include <string>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace kernels {

extern const Table plain, avx2, avx512, avx512bf16, neon, neonbf16;

namespace {

const struct Named {
  Tier tier;
  const char *name, *aten, *onednn, *mkl; // the last three cap libtorch's kernels and libraries
} kTiers[] = {
#if defined(__aarch64__)
    {Tier::plain, "plain", "default", "ADVANCED_SIMD", nullptr},
    {Tier::neon, "neon", "default", "ADVANCED_SIMD", nullptr},
    {Tier::neonbf16, "neon-bf16", nullptr, nullptr, nullptr},
#else
    {Tier::plain, "plain", "default", "SSE41", "SSE4_2"},
    {Tier::avx2, "avx2", "avx2", "AVX2", "AVX2"},
    {Tier::avx512, "avx512", "avx512", "AVX512_CORE", "AVX512"},
    {Tier::avx512bf16, "avx512-bf16", "avx512", "AVX512_CORE_BF16", "AVX512"},
    {Tier::amx, "amx", nullptr, nullptr, nullptr},
#endif
};

const Named &named(Tier tier) {
  for (const auto &t : kTiers)
    if (t.tier == tier) return t;
  return kTiers[0];
}

Tier processor() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  auto has = [](auto... is) { return (is && ...); };
#define HAS(feature) (__builtin_cpu_supports(feature) != 0)
  if (!has(HAS("avx2"), HAS("fma"))) return Tier::plain;
  if (!has(HAS("avx512f"), HAS("avx512bw"), HAS("avx512dq"), HAS("avx512vl"))) return Tier::avx2;
  if (!HAS("avx512bf16")) return Tier::avx512;
  unsigned a = 7, b, c = 0, d;
  asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return (d >> 22 & 1) && (d >> 24 & 1) ? Tier::amx : Tier::avx512bf16; // AMX_BF16, AMX_TILE
#elif defined(__aarch64__)
  return getauxval(AT_HWCAP2) & (1 << 14) ? Tier::neonbf16 : Tier::neon; // HWCAP2_BF16
#else
  return Tier::plain;
#endif
}

// value is a variable's value in capitals, empty if unset: oneDNN ignores case.
std::string value(const char *variable) {
  const char *v = std::getenv(variable);
  std::string text = v ? v : "";
  for (char &c : text) c = std::toupper(static_cast<unsigned char>(c));
  return text;
}

// libraryCap is the tier that the variables of libtorch's libraries allow, and the variable with the lowest cap.
Tier libraryCap(Tier top, std::string &variable) {
#if defined(__x86_64__)
  auto lower = [&](const char *name, Tier to) {
    if (to < top) top = to, variable = std::string(name) + "=" + std::getenv(name);
  };
  const auto aten = value("ATEN_CPU_CAPABILITY"), mkl = value("MKL_ENABLE_INSTRUCTIONS");
  if (aten == "DEFAULT") lower("ATEN_CPU_CAPABILITY", Tier::plain);
  if (aten == "AVX2") lower("ATEN_CPU_CAPABILITY", Tier::avx2);
  if (mkl == "SSE4_2" || mkl == "AVX") lower("MKL_ENABLE_INSTRUCTIONS", Tier::plain);
  if (mkl == "AVX2") lower("MKL_ENABLE_INSTRUCTIONS", Tier::avx2);
  const char *name = std::getenv("ONEDNN_MAX_CPU_ISA") ? "ONEDNN_MAX_CPU_ISA" : "DNNL_MAX_CPU_ISA"; // its former name
  const auto onednn = value(name);
  if (onednn == "SSE41" || onednn == "AVX") lower(name, Tier::plain);
  if (onednn.rfind("AVX2", 0) == 0) lower(name, Tier::avx2);
  if (onednn == "AVX512_CORE" || onednn == "AVX512_CORE_VNNI") lower(name, Tier::avx512);
  if (onednn == "AVX512_CORE_BF16" || onednn == "AVX512_CORE_FP16") lower(name, Tier::avx512bf16);
#endif
  return top;
}

struct Choice {
  Tier tier;
  std::string why, wrong;
  Choice() : tier(processor()), why("what the processor has") {
    const Tier top = tier;
    if (const char *given = std::getenv("XPT_CPU"); given && *given) {
      const std::string name = given;
      std::string names;
      const Named *asked = nullptr;
      for (const auto &t : kTiers) {
        names += (names.empty() ? "" : ", ") + std::string(t.name);
        if (t.name == name) asked = &t;
      }
      if (!asked)
        wrong = "XPT_CPU is \"" + name + "\": use one of " + names;
      else if (asked->tier < tier)
        tier = asked->tier, why = "XPT_CPU=" + name + "; the processor has " + named(top).name;
      else if (asked->tier > tier)
        why += ", which has no " + name;
    }
    std::string variable;
    if (const Tier capped = libraryCap(tier, variable); capped < tier)
      tier = capped, why = variable + "; the processor has " + named(top).name;
    if (tier == top) return;
    auto set = [](const char *variable, const char *to) {
      if (to) setenv(variable, to, 1); // never raises a cap
    };
    const auto &t = named(tier);
    set("ATEN_CPU_CAPABILITY", t.aten);
    set("ONEDNN_MAX_CPU_ISA", t.onednn);
    set("MKL_ENABLE_INSTRUCTIONS", t.mkl);
  }
};

const Choice &choice() {
  static const Choice c;
  return c;
}

// libtorch's libraries read their variables at the first operation.
const Tier early = choice().tier;

} // namespace

Tier tier() { return choice().tier; }

const Table &table() {
  switch (tier()) {
#if defined(__x86_64__)
  case Tier::avx2: return avx2;
  case Tier::avx512: return avx512;
  case Tier::avx512bf16:
  case Tier::amx: return avx512bf16;
#elif defined(__aarch64__)
  case Tier::neon: return neon;
  case Tier::neonbf16: return neonbf16;
#endif
  default: return plain;
  }
}

} // namespace kernels

const char *kernels_tier(void) { return kernels::named(kernels::tier()).name; }
const char *kernels_why(void) { return kernels::choice().why.c_str(); }
const char *kernels_wrong(void) { return kernels::choice().wrong.c_str(); }
const void *kernels_table(void) { return &kernels::table(); }
int kernels_has_pairs(void) { return kernels::table().pairs; }
int kernels_team(int threads) {
  std::atomic<int> parts{0};
  kernels::parallel(threads, threads, 1, [&](int64_t, int64_t) { parts++; });
  return parts;
}
int kernels_tiers(int i, const char **name) {
  int n = 0;
  for (const auto &t : kernels::kTiers) {
    if (t.tier > kernels::tier()) break;
    if (n++ == i) *name = t.name;
  }
  return n;
}
