{{/* What a schema could refuse only without saying why. */}}
{{- define "tsm.checks" -}}
{{- $ours := list "TSM_DATABASE_URL" "TSM_QUEUE_URL" "TSM_BLOB_OPTIONS" -}}
{{- $promises := list "TSM_IDENTITY__MODE" "TSM_IDENTITY__BEHIND_INGRESS" -}}
{{- $problems := list -}}
{{- range $where, $settings := dict "settings" .Values.settings "app.settings" .Values.app.settings "worker.settings" .Values.worker.settings -}}
{{- range $name, $_ := $settings -}}
{{- if has $name $promises -}}
{{- $problems = append $problems (printf "%s.%s: goes with a NetworkPolicy; use identity.mode" $where $name) -}}
{{- else if or (has $name $ours) (regexMatch "SECRET|PASSWORD|PRIVATE|CREDENTIAL|HMAC|_KEY$|_TOKEN$" $name) -}}
{{- $problems = append $problems (printf "%s.%s: holds a secret, which a ConfigMap would show; use secrets (secrets.extra) or storage.s3 instead" $where $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $hasWorkFolder := or (hasKey .Values.settings "TSM_WORK_FOLDER") (hasKey .Values.worker.settings "TSM_WORK_FOLDER") -}}
{{- if and (ne .Values.dask.kind "none") (eq .Values.storage.kind "s3") (not $hasWorkFolder) -}}
{{- $problems = append $problems (printf "dask.kind %s: its workers need the work folder of our workers; mount one in both (catalogVolumes) and name it in worker.settings.TSM_WORK_FOLDER" .Values.dask.kind) -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n%s" (join "\n" $problems)) -}}
{{- end -}}
{{- end }}
