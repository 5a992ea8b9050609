# Reads the times of a first pass (ncu --csv --page raw) and prints the ten kernels with the most time in all, a line each:
# milliseconds, launches, name.
BEGIN { FS = "\",\"" }

# Fields are quoted and separated by commas; numbers may hold commas too.
/^"ID",/ {
  for (i = 1; i <= NF; i++) {
    field = $i
    gsub(/"/, "", field)
    if (field == "Kernel Name") name = i
    if (field == "gpu__time_duration.sum") time = i
  }
  next
}

# The row below the header holds units.
name && /^"[0-9]/ {
  value = $time
  gsub(/[",]/, "", value)
  kernel = $name
  sub(/\(.*/, "", kernel)
  total[kernel] += value
  launches[kernel]++
}

END {
  for (rank = 0; rank < 10; rank++) {
    best = ""
    for (kernel in total) if (best == "" || total[kernel] > total[best] || (total[kernel] == total[best] && kernel < best)) best = kernel
    if (best == "") break
    printf "%.3f %d %s\n", total[best] / 1e6, launches[best], best
    delete total[best]
  }
}
