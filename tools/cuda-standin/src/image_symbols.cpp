#include "image_symbols.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <functional>

namespace standin {

namespace {

constexpr char countPrefix[] = "__standin_count_"; // each kernel has such a constant
constexpr char sharedSection[] = "standin_shared";

template <class T> const T* at(const std::string& object, u64 offset) {
    return reinterpret_cast<const T*>(object.data() + offset);
}

void forEachSymbol(const std::string& object, const std::function<void(const char* name, const char* section, u64 bytes)>& visit) {
    const auto* header = at<Elf64_Ehdr>(object, 0);
    const auto* sections = at<Elf64_Shdr>(object, header->e_shoff);
    const char* names = at<char>(object, sections[header->e_shstrndx].sh_offset);
    for (int s = 0; s < header->e_shnum; ++s) {
        if (sections[s].sh_type != SHT_SYMTAB) continue;
        const auto* symbols = at<Elf64_Sym>(object, sections[s].sh_offset);
        const char* texts = at<char>(object, sections[sections[s].sh_link].sh_offset);
        for (u64 i = 0; i < sections[s].sh_size / sizeof(Elf64_Sym); ++i) {
            const unsigned place = symbols[i].st_shndx;
            visit(texts + symbols[i].st_name, place < header->e_shnum ? names + sections[place].sh_name : "", symbols[i].st_size);
        }
    }
}

// A variable of a function is mangled as _ZZ, the function, E and more; that of a C function as its length and name.
bool belongsTo(const std::string& variable, const std::string& kernel) {
    return variable.rfind(format("_ZZ%zu%sE", kernel.size(), kernel.c_str()), 0) == 0;
}

} // namespace

std::map<std::string, u64> sharedBytesOfKernels(const std::string& object) {
    std::map<std::string, u64> result, variables;
    forEachSymbol(object, [&](const char* name, const char* section, u64 bytes) {
        const std::size_t prefix = sizeof countPrefix - 1;
        if (std::strncmp(name, countPrefix, prefix) == 0)
            result[name + prefix] = 0;
        else if (std::strcmp(section, sharedSection) == 0)
            variables[name] = bytes;
    });
    for (const auto& [variable, bytes] : variables) {
        const auto owner = std::find_if(result.begin(), result.end(), [&name = variable](const auto& kernel) {
            return belongsTo(name, kernel.first);
        });
        for (auto& [kernel, sum] : result)
            if (owner == result.end() || owner->first == kernel) sum += bytes;
    }
    return result;
}

} // namespace standin
