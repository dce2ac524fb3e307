/* Makes pread() return less than it could, as the kernel does where a file is handed out by the page:
   never past the next multiple of `piece_bytes`, nor past `cut_at`. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/types.h>

long piece_bytes, cut_at;       /* 0: as usual */

static size_t shorter(size_t size, off_t offset) {
    if (piece_bytes && size > (size_t)(piece_bytes - offset % piece_bytes))
        size = piece_bytes - offset % piece_bytes;
    if (offset < cut_at && size > (size_t)(cut_at - offset))
        size = cut_at - offset;
    return size;
}

#define SHORT(name) \
    ssize_t name(int fd, void *buffer, size_t size, off_t offset) { \
        static ssize_t (*real)(int, void *, size_t, off_t); \
        if (!real) \
            real = dlsym(RTLD_NEXT, #name); \
        return real(fd, buffer, shorter(size, offset), offset); \
    }

SHORT(pread)
SHORT(pread64)
