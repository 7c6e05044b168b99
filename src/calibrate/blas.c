#include "calibrate/blas.h"

#include "calibrate/calibration.h"
#include "kernels/live.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool fs_blas_same_core(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

/* Asked at run time: which library is loaded is a matter of the system's alternatives, not of our build. */
static const char *config(void)
{
	const char *(*get_config)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, "openblas_get_config");
	return get_config ? get_config() : "unknown";
}

void fs_blas_build(char *text, size_t size)
{
	char words[256];
	snprintf(words, sizeof words, "%s", config());
	text[0] = 0;
	for (char *rest = words, *word; (word = strsep(&rest, " "));) {
		size_t used = strlen(text);
		if (*word && !fs_blas_same_core(word, fs_blas_core()))
			snprintf(text + used, size - used, "%s%s", used ? " " : "", word);
	}
}

const char *fs_blas_forced_core(void)
{
	const char *core = getenv(FS_BLAS_CORE_VARIABLE), *ours = getenv(FS_BLAS_OURS_VARIABLE);
	if (!core || !*core || (ours && strcmp(core, ours) == 0))
		return NULL;
	return core;
}

/* Those of OpenBLAS's x86-64 and arm64 core types that young CPUs may profit from. */
static int candidates_of_cpu(const char **list)
{
	int count = 0;
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2")) {
		list[count++] = "Haswell";
		list[count++] = "Zen";
	}
	if (__builtin_cpu_supports("avx512f"))
		list[count++] = "SkylakeX";
	if (__builtin_cpu_supports("avx512bf16")) {
		list[count++] = "Cooperlake";
		list[count++] = "SapphireRapids";
	}
#elif defined(__aarch64__)
	list[count++] = "NEOVERSEN1";
	list[count++] = "NEOVERSEV1"; /* needs SVE; without, its probe dies and it is not chosen */
#endif
	return count;
}

int fs_blas_candidates(const char *list[FS_MOST_CORES_TRIED])
{
	const char *forced = fs_blas_forced_core();
	list[0] = forced ? forced : "";
	bool can_choose = !forced && strstr(config(), "DYNAMIC_ARCH");
	return 1 + (can_choose ? candidates_of_cpu(list + 1) : 0);
}
