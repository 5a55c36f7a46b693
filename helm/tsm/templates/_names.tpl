{{/* Names, labels and images. */}}
{{- define "tsm.name" -}}
{{- if contains "tsm" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-tsm" (.Release.Name | trunc 36 | trimSuffix "-") }}{{ end -}}
{{- end }}

{{- define "tsm.prefix" -}}
{{- with trimAll "/" .Values.prefix }}/{{ . }}{{ end -}}
{{- end }}

{{- define "tsm.publicUrl" -}}
{{- .Values.publicUrl | default (printf "https://%s%s" .Values.host (include "tsm.prefix" .)) -}}
{{- end }}

{{/* Called with (dict "root" $ "component" "app"). */}}
{{- define "tsm.selector" -}}
app.kubernetes.io/name: tsm
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "tsm.labels" -}}
{{ include "tsm.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "tsm.image" -}}
{{- $image := index .root.Values .component "image" -}}
{{- with .root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- end }}
